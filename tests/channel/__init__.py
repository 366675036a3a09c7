"""Two small conda channels of real packages, made on this machine once and served to tests and builds over HTTP."""
