"""The same drawing through our machine and through SpiffWorkflow's own, where that one is right."""
