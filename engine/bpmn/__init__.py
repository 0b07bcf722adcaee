"""BPMN without a database: programs, states, and the machine that moves one along the other."""
