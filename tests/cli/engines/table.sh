# The fake engine, the formats with their libraries, the machine.
ptrun engines
