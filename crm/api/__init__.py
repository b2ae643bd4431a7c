"""REST for other programs: the same questions, verbs and refusals as the pages, described in OpenAPI 3.1."""
