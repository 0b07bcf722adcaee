"""The pages: Flask, drawn on the server, working without JavaScript."""
