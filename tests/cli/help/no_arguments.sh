# Nothing to do: the overview on standard error, and no success.
ptrun
