# frozen_string_literal: true

require "shellwords"

namespace :bench do
  bench = lambda do |name|
    sh RbConfig.ruby, "-Ilib", "bench/#{name}.rb", *ENV.fetch("ARGS", "").shellsplit, verbose: false
  end

  task :examples do
    sh ENV.fetch("CARGO", "cargo"), "build", "--release", "--locked", "--package", "mail_room_core", "--examples"
  end

  desc "Measure MailRoom::Email and routing against the mail gem; ARGS=--json for programs"
  task(parse: :compile) { bench.call("parse") }

  desc "Measure a folder on Microsoft Graph against a model of gitlab-mail_room; ARGS=--json for programs"
  task(graph: :compile) { bench.call("graph") }

  desc "Measure how a full mailbox is emptied, beside gitlab-mail_room and a raw client; ARGS, see bench/drain.rb"
  task(drain: %i[compile examples]) { bench.call("drain") }

  desc "Measure the peak of memory for long backlogs and for a large mail; ARGS, see bench/memory.rb"
  task(memory: %i[compile examples]) { bench.call("memory") }

  desc "Measure the time from a mail's arrival to its job; ARGS, see bench/latency.rb"
  task(latency: :compile) { bench.call("latency") }

  desc "Measure what is left of the throughput when the server is far away; ARGS, see bench/rtt.rb"
  task(rtt: :compile) { bench.call("rtt") }

  desc "Measure what thousands of idle mailboxes cost; ARGS, see bench/idle.rb"
  task(idle: %i[compile examples]) { bench.call("idle") }
end

desc "Measure everything; takes the better part of an hour"
task bench: %w[bench:drain bench:memory bench:latency bench:rtt bench:idle bench:parse bench:graph]
