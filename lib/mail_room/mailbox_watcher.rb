# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A mailbox and, when its messages are handed over to a Ruby class, the thread that does it. The
  # watching itself is a task of the native part.
  class MailboxWatcher
    # Seconds before a thread that was torn apart is replaced, so that a delivery that always ends
    # its thread does not keep a processor busy.
    RESTART_PAUSE = 1

    # @return [Mailbox]
    attr_reader :mailbox

    # @return [Thread, nil] the thread that hands messages over; nil for a native delivery
    attr_reader :watching_thread

    # @param mailbox [Mailbox]
    def initialize(mailbox)
      @mailbox = mailbox
    end

    # @return [Boolean] whether the thread that hands messages over is alive
    def running?
      @watching_thread&.alive? || false
    end

    # Makes the delivery, so that one that cannot be made ends the start and not a thread.
    #
    # @return [void]
    def prepare
      mailbox.delivery if mailbox.handed_over?
    end

    # Starts handing messages over; does nothing for a mailbox the native part delivers.
    #
    # @param native [Native::Coordinator]
    # @param index [Integer] position of the mailbox among those of the coordinator
    # @return [void]
    def start(native, index)
      return unless mailbox.handed_over?

      @native = native
      @hand_over = HandOver.new(mailbox.delivery, native.hand_over(index))
      start_thread
    end

    # Replaces the thread when something tore it apart.
    #
    # @return [void]
    def revive
      return unless @watching_thread && !@ended && (@torn || !running?)

      start_thread(pause: RESTART_PAUSE)
    end

    # @param deadline [Float] seconds on the monotonic clock
    # @return [void]
    def join(deadline)
      @watching_thread&.join([deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC), 0].max)
    end

    # @return [void]
    def kill
      @watching_thread&.kill
    end

    private

    def start_thread(pause: 0)
      @torn = @ended = false
      @watching_thread = Thread.new do
        Thread.current.name = "mail_room.#{mailbox.email}"
        sleep(pause)
        @hand_over.run
        @ended = true
      ensure
        # Said by a flag, because the thread is still alive when the coordinator looks after it.
        @torn = !@ended
        @native.wake if @torn
      end
    end
  end
end
