# Only rules that come with tflint: the AWS rules would have to be downloaded as a plugin.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Policies have a file of their own, and so has whatever else is long.
rule "terraform_standard_module_structure" {
  enabled = false
}
