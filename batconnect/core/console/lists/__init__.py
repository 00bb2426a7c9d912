"""What the console's lists have in common: pages without full counts, totals of the filtered rows, filters that
describe themselves in words, saved filters, and files of what is filtered. `console.base.BaseAdmin` is built on it.
"""
