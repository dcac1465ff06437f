print("walscope")
