# frozen_string_literal: true

require_relative "helper_process"

module Bench
  # Runs the floor (see floor.rb) on a mailbox.
  class RawClient
    # @param mailbox [Place::Mailbox]
    def initialize(mailbox)
      @mailbox = mailbox
      @process = HelperProcess.ruby("floor", mailbox.host, mailbox.port, mailbox.user, mailbox.password,
                                    *(mailbox.ca_file if mailbox.tls))
      @process.line
    end

    # @yield puts mails into the mailbox
    # @return [Hash] seconds, and the peak of memory above what it had before
    def drain
      before = @process.memory("VmRSS")
      yield
      seconds = Float(@process.ask)
      memory = @process.memory("VmHWM") - before
      raise "the floor left mails behind" unless @mailbox.empty?

      { seconds: seconds, memory: memory }
    end

    def remove
      @process.remove
    end
  end
end
