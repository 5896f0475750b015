ptrun help prepocess
