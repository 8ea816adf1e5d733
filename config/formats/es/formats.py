"""Spanish as in Mexico: 1,234.5. Dates are those of Django."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
