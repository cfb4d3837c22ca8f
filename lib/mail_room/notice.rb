# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What a person who starts the process should read: one line on standard error.
  module Notice
    # Does not go through `Kernel#warn`, which says nothing under `ruby -W0`.
    #
    # @param text [String] without secrets
    # @return [void]
    def self.warn(text)
      $stderr.puts("mail_room: #{text}") # rubocop:disable Style/StderrPuts
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
