# frozen_string_literal: true

require "shellwords"

namespace :bench do
  desc "Measure MailRoom::Email and routing against the mail gem; ARGS=--json for programs"
  task parse: :compile do
    sh RbConfig.ruby, "-Ilib", "bench/parse.rb", *ENV.fetch("ARGS", "").shellsplit, verbose: false
  end
end
