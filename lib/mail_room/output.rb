# frozen_string_literal: true

require "mail_room"

module MailRoom
  # What a command has to say, on standard output.
  module Output
    # The status a shell has after SIGPIPE.
    UNHEARD = 141

    # At once, so that nothing is left to be written when the process ends. Where nobody listens any more, that ends it.
    #
    # @param command [String] who says it, for an error
    # @param text [String]
    # @return [void]
    # @raise [SystemExit] status 1 when it cannot be written, which was told by then
    def self.write(command, text)
      $stdout.write(text)
      $stdout.flush
    rescue Errno::EPIPE
      exit!(UNHEARD) # whoever read it has seen enough
    rescue SystemCallError => error
      Notice.fail_with("#{command}: standard output: #{error.class.new.message}")
    end
  end
end
