# Only the rules that ship with tflint; the AWS rules would have to be downloaded as a plugin.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

# Policies and other long parts are in separate files.
rule "terraform_standard_module_structure" {
  enabled = false
}
