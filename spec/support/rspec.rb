# frozen_string_literal: true

require "timeout"
require_relative "mail_room_helpers"
require_relative "wait"

RSpec.configure do |config|
  config.include MailRoomHelpers, :integration

  # A hang is a failure of one example, and not the end of the suite. Seconds, for slow and busy machines.
  config.around(:example, :integration) do |example|
    limit = example.metadata.fetch(:limit, 300)
    Timeout.timeout(limit, Wait::TimedOut, "the example takes longer than #{limit} s") { example.run }
  end

  config.before(:each, :integration) { SharedServers.clear }

  config.after(:each, :integration) do |example|
    # What the processes had to say is the first thing one wants to know of a failure.
    example.metadata[:extra_failure_lines] = processes.map(&:tail) if example.exception
    [*processes, *disposables].each(&:remove)
  end

  config.after(:suite) { SharedServers.remove }
end
