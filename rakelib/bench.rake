# frozen_string_literal: true

require "shellwords"

namespace :bench do
  desc "Measure MailRoom::Email and routing against the mail gem; ARGS=--json for programs"
  task parse: :compile do
    sh RbConfig.ruby, "-Ilib", "bench/parse.rb", *ENV.fetch("ARGS", "").shellsplit, verbose: false
  end

  desc "Measure a folder on Microsoft Graph against a model of gitlab-mail_room; ARGS=--json for programs"
  task graph: :compile do
    sh RbConfig.ruby, "-Ilib", "bench/graph.rb", *ENV.fetch("ARGS", "").shellsplit, verbose: false
  end
end
