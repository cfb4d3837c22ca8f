# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A mailbox and, when its messages are handed over to a Ruby class, the thread that does it. The
  # watching itself is a task of the native part.
  #
  # A {Coordinator} uses {#prepare} and what follows it. A program may watch a single mailbox with {#run}
  # and {#quit} instead.
  class MailboxWatcher
    # Seconds before a thread that was torn apart is replaced, so that a delivery that always ends
    # its thread does not keep a processor busy.
    RESTART_PAUSE = 1

    # Seconds in which {#quit} has the mailbox end.
    QUIT_TIMEOUT = 60

    # @return [Mailbox]
    attr_reader :mailbox

    # @return [Thread, nil] the thread that hands messages over, nil for a native delivery; after {#run}
    #   the thread that watches
    attr_reader :watching_thread

    # @param mailbox [Mailbox]
    def initialize(mailbox)
      @mailbox = mailbox
      @running = false
    end

    # @return [Boolean] whether the mailbox is watched, or its thread is still at work
    def running?
      @running || alive?
    end

    # Watches this mailbox alone, in a thread of its own. An exception there is raised in the main thread,
    # too, as with gitlab-mail_room.
    #
    # @return [void]
    # @raise [MailRoom::Error] when it is watched already
    def run
      raise MailRoom::Error, "#{mailbox.title} is watched already" if running?

      @coordinator = Coordinator.new([mailbox])
      @watching_thread = Thread.new(@coordinator) do |coordinator|
        Thread.current.abort_on_exception = true
        coordinator.run
      end
    end

    # Ends what {#run} has begun; waits for it.
    #
    # @return [void]
    def quit
      return unless @coordinator

      @coordinator.stop
      @watching_thread.join(QUIT_TIMEOUT)
      @coordinator = nil
    end

    # Makes the delivery, so that one that cannot be made ends the start and not a thread.
    #
    # @return [void]
    def prepare
      mailbox.delivery if mailbox.handed_over?
    end

    # Starts handing messages over; a mailbox the native part delivers needs no thread for it.
    #
    # @param native [Native::Coordinator]
    # @param index [Integer] position of the mailbox among those of the coordinator
    # @return [void]
    def start(native, index)
      @running = true
      return unless mailbox.handed_over?

      @native = native
      @hand_over = HandOver.new(mailbox.delivery, native.hand_over(index))
      start_thread
    end

    # Replaces the thread when something tore it apart.
    #
    # @return [void]
    def revive
      return unless @watching_thread && !@ended && (@torn || !alive?)

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

    # To be called when the mailbox is watched no more.
    #
    # @return [void]
    def finish
      @running = false
    end

    private

    def alive?
      @watching_thread&.alive? || false
    end

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
