# frozen_string_literal: true

desc "Kill mail_room at random moments for SECONDS (60), by SEED (random), and count what was lost"
task soak: :compile do
  require_relative "../spec/support/soak"
  require_relative "../spec/support/wait"

  seconds = Float(ENV.fetch("SECONDS", "60"))
  seed = Integer(ENV.fetch("SEED") { Random.rand(100_000).to_s })
  puts "soak: SECONDS=#{seconds} SEED=#{seed}"
  report = Soak::Run.new(seconds: seconds, seed: seed).call
  puts report
  exit(1) unless report.ok?
end
