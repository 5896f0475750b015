# All of the help of one command.
ptrun help engines
