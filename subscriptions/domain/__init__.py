"""The rules of subscriptions. Admin, pages, the API and schedules call them."""
