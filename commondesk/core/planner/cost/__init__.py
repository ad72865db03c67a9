"""What each way of getting IT support costs: lines with reasons, ranges, and honest comparisons."""
