ptrun help --man --markdown
