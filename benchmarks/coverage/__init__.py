"""Coverage by simulation: do intervals, bands and tests hold on features with a known answer?"""
