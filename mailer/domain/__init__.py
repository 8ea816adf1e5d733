"""The rules of e-mail: texts, the queue, claims, delivery. Doors and duties call them."""
