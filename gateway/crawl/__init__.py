"""Pure: where a crawl stands in moving lists, what it reads next, and the merge of all sources."""
