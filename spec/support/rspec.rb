# frozen_string_literal: true

require_relative "mail_room_helpers"
require_relative "wait"

RSpec.configure do |config|
  config.include MailRoomHelpers, :integration

  config.before(:each, :integration) { SharedServers.clear }

  config.after(:each, :integration) do |example|
    # What the processes had to say is the first thing one wants to know of a failure.
    example.metadata[:extra_failure_lines] = processes.map(&:tail) if example.exception
    [*processes, *disposables].each(&:remove)
  end

  config.after(:suite) { SharedServers.remove }
end
