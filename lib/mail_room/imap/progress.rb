# frozen_string_literal: true

require "mail_room"
require "monitor"

module MailRoom
  module IMAP
    # How far a connection has got, learned from the lines the native part logs, which go on to the log
    # of the mailbox.
    class Progress
      # What is known after a line with this action; others change nothing.
      STATES = { "Connecting" => :connecting, "Processing started" => :ready, "Idling" => :idling,
                 "Disconnected. Resetting..." => :disconnected, "Done with mailbox" => :disconnected }.freeze

      # @return [Symbol] `:connecting`, `:ready`, `:idling` or `:disconnected`
      attr_reader :state

      # @return [String, nil] why it was disconnected last
      attr_reader :reason

      # @param logger [#info, #warn] of the mailbox
      def initialize(logger)
        @logger = logger
        @state = :connecting
        @lock = Monitor.new
        @changed = @lock.new_cond
      end

      %i[info warn error].each do |severity|
        define_method(severity) do |fields|
          learn(fields)
          @logger.public_send(@logger.respond_to?(severity) ? severity : :warn, fields)
        end
      end

      # Waits until an attempt to connect has come to an end, which the native part sees to.
      #
      # @return [Symbol] see {#state}
      def settle
        @lock.synchronize do
          @changed.wait_while { state == :connecting }
          state
        end
      end

      private

      def learn(fields)
        @lock.synchronize do
          @state = STATES.fetch(fields["action"], @state)
          @reason = fields["error"] if @state == :disconnected
          @changed.broadcast
        end
      end
    end
  end
end
