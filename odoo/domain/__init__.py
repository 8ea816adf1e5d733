"""The rules of exchanging with Odoo. Admin, the API, the command and schedules call them."""
