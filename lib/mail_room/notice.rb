# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What a person who starts the process should read: one line on standard error.
  module Notice
    # Where lines of a thread go while {.collect} is at work in it.
    COLLECTED = :mail_room_notices
    private_constant :COLLECTED

    # Does not go through `Kernel#warn`, which says nothing under `ruby -W0`.
    #
    # @param text [String] without secrets
    # @return [void]
    def self.warn(text)
      collected = Thread.current[COLLECTED]
      return collected.push(text) && nil if collected

      $stderr.puts("mail_room: #{text}") # rubocop:disable Style/StderrPuts
    end

    # For those who tell it in another way.
    #
    # @param list [Array<String>] gets what {.warn} would print in this thread
    # @yieldreturn [Object] is returned
    # @return [Object]
    def self.collect(list)
      before = Thread.current[COLLECTED]
      Thread.current[COLLECTED] = list
      yield
    ensure
      Thread.current[COLLECTED] = before
    end

    # Ends a command that cannot go on.
    #
    # @param text [String] see {.warn}; in any encoding
    # @raise [SystemExit] status 1
    def self.fail_with(text)
      warn(Printable.text(text))
      exit(1)
    end
  end
end
