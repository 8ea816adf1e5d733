"""The rules of people, cards and energy. Admin, commands, views and `ocpp` call them."""
