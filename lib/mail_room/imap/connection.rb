# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  module IMAP
    # A connection to a mailbox on an IMAP server. The native part keeps it: it connects again when it
    # was lost, and marks what the block of {#on_new_message} has taken.
    #
    #   connection = MailRoom::IMAP::Connection.new(mailbox)
    #   connection.on_new_message { |message| import(message.body) }
    #   connection.wait while running
    #   connection.quit
    class Connection < MailRoom::Connection
      # Seconds in which {#quit} has the connection end.
      QUIT_TIMEOUT = 10

      # Returns when the mailbox is open.
      #
      # @param mailbox [Mailbox] whose delivery has no part in this
      # @raise [ConfigurationError] when the native part refuses the settings
      # @raise [MailRoom::Error] when the mailbox cannot be opened at the first attempt; says why
      def initialize(mailbox)
        super
        open
        return unless @relay.path && @progress.settle == :disconnected

        quit
        raise MailRoom::Error, "#{mailbox.title}: #{@progress.reason}"
      end

      # Waits for a new message, gives it to the block of {#on_new_message}, and returns. It is marked
      # only when the block returned something truthy; otherwise it will come again. Returns also
      # when another thread has called {#quit}.
      #
      # @return [void]
      # @raise [MailRoom::Error] when there is no such block
      # @raise [Exception] whatever the block raised; the message will come again then
      def wait
        raise MailRoom::Error, "nobody takes messages: call on_new_message first" unless new_message_handler

        body = @messages.next_message
        hand_over(body) if body
      end

      # Ends the connection, and what {#wait} waits for. A message in the hands of the block may be
      # finished meanwhile.
      #
      # @return [void]
      def quit
        return if @quit

        @quit = true
        @native.stop
        nil until @native.wait
        @relay.finish
      end

      # @return [Boolean] whether the mailbox is open
      def logged_in?
        !@quit && %i[ready idling].include?(@progress.state)
      end

      # @return [Boolean] whether the server was asked to tell of new messages
      def idling?
        logged_in? && @progress.state == :idling
      end

      # @return [Boolean] whether messages are being looked for
      def ready_to_idle?
        logged_in? && !idling?
      end
      alias ready? ready_to_idle?

      # @return [Boolean] whether there is no connection; unless {#quit} was called, it is made again
      def disconnected?
        !logged_in?
      end

      private

      def open
        @progress = Progress.new(mailbox.logger)
        @relay = LogRelay.new(@progress)
        @native = Native::Coordinator.new(settings)
        @relay.start
        @native.start
        @messages = @native.hand_over(0)
      rescue StandardError
        @relay.finish
        raise
      end

      def settings
        mailbox = Mailbox::Settings.new(self.mailbox, log_path: @relay.path, deliverer: self.class.name)
        JSON.generate("mailboxes" => [mailbox.to_h], "shutdown_timeout" => QUIT_TIMEOUT)
      end

      def hand_over(body)
        accepted = false
        accepted = new_message_handler.call(Message.new(uid: @messages.uid, body: body, seqno: nil))
      ensure
        @messages.acknowledge(accepted ? true : false, "the block of on_new_message did not take it")
      end
    end
  end
end
