"""What the console's lists have in common: pages without full counts, totals of the filtered rows, filters that say
themselves in words, saved filters, and files of what is filtered. `base_admin.BaseAdmin` stands on it.
"""
