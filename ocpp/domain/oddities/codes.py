"""The codes of what may be odd. One that was stored once keeps its meaning."""

from enum import StrEnum


class Oddity(StrEnum):
    """The code of something odd."""

    PAYLOAD_EMPTY = "payload_empty"
    UNKNOWN_PROPERTY = "unknown_property"
    NULL = "null"
    NO_LIST = "no_list"
    EMPTY_LIST = "empty_list"
    EMPTY_TEXT = "empty_text"
    OTHER_SPELLING = "other_spelling"
    OWN_WORD = "own_word"
    NUMBER_AS_TEXT = "number_as_text"
    TOO_LONG = "too_long"

    LEFT_OUT = "left_out"
    WORD_LOST = "word_lost"
    NO_NUMBER = "no_number"
    NO_CONNECTOR = "no_connector"

    TIME_UNREADABLE = "time_unreadable"
    TIME_OUT_OF_RANGE = "time_out_of_range"
    CLOCK_AHEAD = "clock_ahead"

    LOST = "lost"
    STOP_FITS_NONE = "stop_fits_none"
    STOP_GUESSED = "stop_guessed"
    STOP_TAKEN_BACK = "stop_taken_back"
    SECOND_STOP = "second_stop"
    LATE_STOP = "late_stop"
    FOREIGN_TAG = "foreign_tag"
    FOREIGN_RESERVATION = "foreign_reservation"
    ENERGY_REACHED = "energy_reached"
    MINUTES_REACHED = "minutes_reached"
    HOURS_OVER = "hours_over"
    NO_CREDIT = "no_credit"

    RELATIVE_REGISTER = "relative_register"
    NO_REGISTER_AT_START = "no_register_at_start"
    IMPOSSIBLE = "impossible"
    BACKWARDS = "backwards"
    ROLLED_OVER = "rolled_over"
    OTHER_BASE = "other_base"
    PHASES = "phases"
    FOREIGN_VALUES = "foreign_values"

    REPEATED_ID = "repeated_id"
    WHILE_REJECTED = "while_rejected"
    ACTION_UNKNOWN = "action_unknown"
    ACTION_OURS = "action_ours"
    UNREADABLE_FRAME = "unreadable_frame"
    STRAY_ANSWER = "stray_answer"

    OTHER_ID = "other_id"

    MANY_REQUESTS = "many_requests"
    CREDENTIALS_OF_NOBODY = "credentials_of_nobody"
    BAD_CERTIFICATE = "bad_certificate"
    BAD_HEADER = "bad_header"
    NEEDLESS_KEY = "needless_key"
    FOREIGN_KEY = "foreign_key"
    REFUSED = "refused"
    REFUSED_TLS = "refused_tls"
    SPOOFED = "spoofed"
    SECOND_CONNECTION = "second_connection"
