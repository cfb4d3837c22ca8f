# frozen_string_literal: true

# Tasks for the crates. Each is the command a developer would type.
namespace :cargo do
  cargo = ENV.fetch("CARGO", "cargo")

  desc "Run the tests of the crates"
  task :test do
    sh cargo, "test", "--workspace", "--locked"
  end

  desc "Lint the crates; a warning is an error"
  task :clippy do
    # Without crash points, and with them.
    [[], ["--all-features"]].each do |features|
      sh cargo, "clippy", "--workspace", "--all-targets", *features, "--locked", "--", "-D", "warnings"
    end
  end

  desc "Check the format of the crates"
  task :fmt do
    sh cargo, "fmt", "--all", "--check"
  end

  desc "Build the documentation of the crates; a warning is an error"
  task :doc do
    sh({ "RUSTDOCFLAGS" => "-Dwarnings" }, cargo, "doc", "--no-deps", "--workspace", "--locked")
  end

  desc "Check that no careless default feature brought aws-lc in"
  task :lock do
    # It adds half a minute to every installation and needs more tools than Rust's own.
    found = File.read("Cargo.lock").include?("aws-lc")
    abort "Cargo.lock contains aws-lc: some dependency has a default feature too many" if found
  end
end
