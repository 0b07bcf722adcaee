"""The acceptance stories, played through the deployed diagrams by the people of the demo city."""
