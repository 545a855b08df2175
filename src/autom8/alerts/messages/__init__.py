"""What messages say: facts of incidents, words in the language of who reads them, and links."""
