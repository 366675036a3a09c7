"""What programs are told of requests that come to nothing, whichever interface they speak to."""

NOTHING_HERE = "There is nothing at this address, or nothing you may see."
UNKNOWN_TOKEN = "This token is unknown, has expired or was revoked. Ask for a new one."
UNREADABLE = "The request cannot be read."
BUSY = "The database is busy. Try again in a few seconds."
OURS = "Something in the studio itself went wrong. An administrator finds it in the log."
