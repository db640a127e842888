"""A small grammar of everyday English and French, written for this project.

`words` and `verbs` are the dictionary, `french` and `english` how words change and are spelled,
`nouns` and `clauses` how they are put together in both languages at once, and `sentences`, `scenes`
and `talk` what is said. Every English sentence has one French one. Where English says less than
French has to, these rules decide: `you` is one person who is addressed with `vous`; `they` and
`them` are masculine unless a thing or a group before says otherwise; `we` is masculine in the
plural; of `I` and `you` nothing is said that would have to agree with their gender; a friend, a
neighbour and a student are men unless said otherwise.
"""
