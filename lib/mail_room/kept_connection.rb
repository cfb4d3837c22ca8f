# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  # A connection that the native part keeps: it connects again when it was lost, and marks what the block of
  # {#on_new_message} has taken. A subclass has `message(uid, body)`, what the block is given, and `longest_wait` in
  # seconds.
  #
  # @api private
  class KeptConnection < Connection
    # Seconds in which {#quit} has the connection end.
    QUIT_TIMEOUT = 10

    # Returns when the mailbox is open.
    #
    # @param mailbox [Mailbox] whose delivery has no part in this
    # @raise [ConfigurationError] when the native part refuses the settings
    # @raise [MailRoom::Error] when the mailbox cannot be opened at the first attempt; says why
    def initialize(mailbox)
      super
      start
      settle if @relay.path
      @open = true
    ensure
      quit unless @open # whatever ended this, Timeout too, leaves no session behind
    end

    # Waits for a new message, gives it to the block of {#on_new_message}, and returns: after one message, or
    # without any after the `idle_timeout` of a mailbox on an IMAP server, the `poll_interval` of one on Microsoft
    # Graph. It is marked only when the block returned something truthy; otherwise it will come again. Returns
    # also when {#quit} was called.
    #
    # @return [void]
    # @raise [MailRoom::Error] when there is no such block
    # @raise [Exception] whatever the block raised; the message will come again then
    def wait
      raise MailRoom::Error, "nobody takes messages: call on_new_message first" unless new_message_handler

      body = @messages.next_message(longest_wait.to_f)
      hand_over(body) if body
    end

    # Ends the connection, and what {#wait} waits for. A message in the hands of the block may be
    # finished meanwhile. Called by the block itself, the connection ends when the block has.
    #
    # @return [void]
    def quit
      return if @quit

      @quit = true
      @native&.stop
      @handing == Thread.current ? @finish_later = true : finish
    end

    # @return [Boolean] whether the mailbox is open
    def logged_in?
      !@quit && %i[ready idling].include?(@progress.state)
    end

    # @return [Boolean] whether there is nothing to do until new messages come
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

    def start
      @progress = Progress.new(mailbox.logger)
      @relay = LogRelay.new(@progress)
      @native = Native::Coordinator.new(settings)
      @relay.start { @progress.finish }
      @native.start
      @started = true
      @messages = @native.hand_over(0)
    end

    def settle
      state = @progress.settle
      return if %i[ready idling].include?(state)

      reason = @progress.reason if state == :disconnected
      raise MailRoom::Error, "#{mailbox.title}: #{reason || 'nothing was heard of the connection'}"
    end

    def finish
      nil until !@started || @native.wait
      @relay&.finish
    end

    def settings
      mailbox = Mailbox::Settings.new(self.mailbox, log_path: @relay.path, deliverer: self.class.name)
      JSON.generate("mailboxes" => [mailbox.to_h], "shutdown_timeout" => QUIT_TIMEOUT)
    end

    def hand_over(body)
      @handing = Thread.current
      accepted = false
      accepted = new_message_handler.call(message(@messages.uid, body))
    ensure
      @messages.acknowledge(accepted ? true : false, "the block of on_new_message did not take it")
      @handing = nil
      finish if @finish_later
    end
  end
end
