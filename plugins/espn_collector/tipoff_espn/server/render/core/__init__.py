"""The core API's documents: small ones that refer to one another. A module for what they are about."""
