# frozen_string_literal: true

desc "Build the documentation of Ruby and Rust; a warning is an error"
task docs: %w[docs:yard cargo:doc]

namespace :docs do
  desc "Build the documentation of the Ruby side; a warning is an error"
  task :yard do
    mkdir_p "tmp"
    sh "yard", "doc", "--fail-on-warning", "--no-progress", "--output-dir", "tmp/doc", "--db", "tmp/yardoc"
  end
end
