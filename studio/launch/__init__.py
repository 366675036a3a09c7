"""`make run` and `make test`: all that the studio needs on one machine, started and stopped as one command."""
