# frozen_string_literal: true

require "socket"

module Bench
  # An IMAP server with one mailbox and one client at a time that answers and notifies at once, where Dovecot holds its
  # notifications back for half a second. It knows what the two daemons ask for.
  class PromptServer
    Message = Struct.new(:uid, :raw, :flags)

    attr_reader :port

    def initialize
      @server = TCPServer.new("127.0.0.1", 0)
      @port = @server.addr[1]
      @messages = []
      @last_uid = 0
      @idling = false
      @lock = Mutex.new
      @thread = Thread.new { loop { serve(@server.accept) } }
    end

    # @return [Boolean] whether the client waits for mail
    def idling? = @idling

    # One more message, which the client is told of.
    # @return [void]
    def deliver(raw)
      @lock.synchronize { @messages << Message.new(@last_uid += 1, raw, []) }
      @client.write("* #{@messages.size} EXISTS\r\n")
    end

    def remove
      @thread.kill.join
      @server.close
    end

    private

    def serve(client)
      client.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      @client = client
      client.write("* OK ready\r\n")
      while (line = client.gets(chomp: true))
        tag, command = line.split(" ", 2)
        break if command == "LOGOUT"

        command == "IDLE" ? idle(tag) : client.write(@lock.synchronize { answer(command) } + "#{tag} OK done\r\n")
      end
    rescue SystemCallError, IOError
      nil # it has gone
    ensure
      client.close
    end

    def idle(tag)
      @client.write("+ idling\r\n")
      @idling = true
      @client.gets
      @idling = false
      @client.write("#{tag} OK done\r\n")
    end

    def answer(command)
      case command
      when /\ACAPABILITY/ then "* CAPABILITY IMAP4rev1 IDLE UIDPLUS\r\n"
      when /\ASELECT/
        "* #{@messages.size} EXISTS\r\n* OK [UIDVALIDITY 1] u\r\n* OK [UIDNEXT #{@last_uid + 1}] n\r\n" \
        "* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] p\r\n"
      when /\AUID SEARCH/ then "* SEARCH #{unseen.map(&:uid).join(' ')}".strip << "\r\n"
      when /\AUID FETCH (\S+) (.*)/ then fetch(chosen(Regexp.last_match(1)), Regexp.last_match(2))
      when /\AUID STORE (\S+) \+FLAGS(\.SILENT)? \((.*)\)/
        store(chosen(Regexp.last_match(1)), Regexp.last_match(3).split, Regexp.last_match(2))
      else ""
      end
    end

    def unseen = @messages.reject { |message| message.flags.include?("\\Seen") }

    # @param set [String] UIDs and ranges of them
    def chosen(set)
      ranges = set.split(",").map do |part|
        first, last = part.split(":").map { |uid| uid == "*" ? @last_uid : uid.to_i }.minmax
        (first..last)
      end
      @messages.select { |message| ranges.any? { |range| range.cover?(message.uid) } }
    end

    def fetch(messages, items)
      messages.map do |message|
        values = ["UID #{message.uid}"]
        values << "FLAGS (#{message.flags.join(' ')})" if items.include?("FLAGS")
        values << "RFC822.SIZE #{message.raw.bytesize}" if items.include?("RFC822.SIZE")
        values << body(message, items)
        "* #{@messages.index(message) + 1} FETCH (#{values.compact.join(' ')})\r\n"
      end.join
    end

    # All that is asked for without PEEK is seen from then on.
    def body(message, items)
      name = items[/BODY(?=\S*\[\])|RFC822(?!\.)/] or return
      message.flags |= ["\\Seen"] unless items.include?("PEEK")
      "#{name == 'BODY' ? 'BODY[]' : name} {#{message.raw.bytesize}}\r\n#{message.raw}"
    end

    def store(messages, flags, silent)
      messages.each { |message| message.flags |= flags }
      silent ? "" : fetch(messages, "FLAGS")
    end
  end
end
