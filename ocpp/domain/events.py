"""What happened in charging, for those who want to listen. Sent after commit."""

from django.dispatch import Signal

#: A transaction was started; `transaction_id`.
transaction_started = Signal()
#: A transaction has ended; `transaction_id`.
transaction_ended = Signal()
