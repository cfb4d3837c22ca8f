# frozen_string_literal: true

require "mail_room"
require "monitor"

module MailRoom
  # How far a connection has got, learned from the lines the native part logs, which go on to the log
  # of the mailbox.
  class Progress
    # What is known after a line with this action; others change nothing.
    STATES = { "Connecting" => :connecting, "Processing started" => :ready, "Idling" => :idling,
               "Disconnected. Resetting..." => :disconnected, "Done with mailbox" => :disconnected }.freeze

    # Seconds. More than the timeouts of connect, TLS, greeting and login together, unless they were set.
    LIMIT = 180

    # @return [Symbol] `:connecting`, `:ready`, `:idling` or `:disconnected`
    attr_reader :state

    # @return [String, nil] why it was disconnected last
    attr_reader :reason

    # @param logger [#info, #warn] of the mailbox
    def initialize(logger)
      @logger = logger
      @state = :connecting
      @ended = false
      @lock = Monitor.new
      @changed = @lock.new_cond
    end

    %i[info warn error].each do |severity|
      define_method(severity) do |fields|
        learn(fields)
        @logger.public_send(@logger.respond_to?(severity) ? severity : :warn, fields)
      end
    end

    # Waits until an attempt to connect has come to an end, which the native part sees to. A logger may
    # keep its lines back.
    #
    # @param limit [Numeric] seconds
    # @return [Symbol] see {#state}; `:connecting` when nothing was heard until then
    def settle(limit = LIMIT)
      deadline = now + limit
      @lock.synchronize do
        @changed.wait(deadline - now) until state != :connecting || @ended || now >= deadline
        state
      end
    end

    # To be called when no more lines will come.
    #
    # @return [void]
    def finish
      @lock.synchronize do
        @ended = true
        @changed.broadcast
      end
    end

    private

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    def learn(fields)
      @lock.synchronize do
        @state = STATES.fetch(fields["action"], @state)
        @reason = fields["error"] if @state == :disconnected
        @changed.broadcast
      end
    end
  end
end
