# frozen_string_literal: true

require "socket"

# An IMAP server with one unread message, byte for byte as given: what Dovecot does not keep, such as a NUL.
class OneMessageServer
  # @return [Array<String>] what it was asked to mark the message with
  attr_reader :marks

  # @param message [String]
  def initialize(message)
    @message = message
    @marks = []
    @server = TCPServer.new("127.0.0.1", 0)
    @thread = Thread.new { loop { serve(@server.accept) } }
    @thread.report_on_exception = false
  end

  def port
    @server.addr[1]
  end

  def close
    @thread.kill.join
    @server.close
  end

  private

  def serve(client)
    client.write("* OK ready\r\n")
    while (line = client.gets)
      tag, command = line.chomp.split(" ", 2)
      client.write(answer(command), "#{tag} OK done\r\n") unless command == "IDLE"
    end
  rescue SystemCallError
    nil
  end

  def answer(command)
    case command
    when /\ACAPABILITY/ then "* CAPABILITY IMAP4rev1\r\n"
    when /\ASELECT/ then "* 1 EXISTS\r\n* OK [UIDVALIDITY 1] u\r\n* OK [PERMANENTFLAGS (\\Seen \\Flagged \\*)] p\r\n"
    when /\AUID SEARCH/ then @marks.empty? ? "* SEARCH 1\r\n" : "* SEARCH\r\n"
    when /\AUID FETCH.*BODY/ then fetched
    when /\AUID FETCH/ then "* 1 FETCH (UID 1 RFC822.SIZE #{@message.bytesize})\r\n"
    when /\AUID STORE 1 (.*)/ then (@marks << Regexp.last_match(1)) && ""
    else ""
    end
  end

  def fetched
    "* 1 FETCH (UID 1 FLAGS () RFC822.SIZE #{@message.bytesize} BODY[] {#{@message.bytesize}}\r\n#{@message})\r\n"
  end
end
