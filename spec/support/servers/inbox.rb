# frozen_string_literal: true

require "net/imap"

module Servers
  # What a mail program would see and do in one user's mailbox. Every call logs in anew, so it sees the present state.
  class Inbox
    attr_reader :host, :port, :user, :password

    def initialize(port:, user:, password:, host: "127.0.0.1", mailbox: "INBOX")
      @host = host
      @port = port
      @user = user
      @password = password
      @mailbox = mailbox
    end

    # @return [Integer] messages, those marked as deleted included
    def count
      uids("ALL").size
    end

    # @return [Integer]
    def unseen
      uids("UNSEEN").size
    end

    # @param criteria [String] as in IMAP's SEARCH
    # @return [Array<Integer>]
    def uids(criteria = "ALL")
      examine { |imap| imap.uid_search(criteria) }
    end

    # @return [Hash{Integer => Array<Symbol>}] the flags of each UID; \Recent is left out, as it tells about sessions
    def flags
      examine do |imap|
        answers = imap.uid_fetch(1..-1, "FLAGS") || []
        # A flag that another session changes meanwhile is told as well, without a UID (RFC 3501, 7.4.2): those lines of
        # one message belong together, and the last one holds.
        answers.group_by(&:seqno).values.to_h do |lines|
          message = lines.map(&:attr).reduce(:merge)
          [message.fetch("UID"), message.fetch("FLAGS") - [:Recent]]
        end
      end
    end

    # @param criteria [String] as in IMAP's SEARCH
    # @return [Array<String>] the subject lines of the messages found, undecoded
    def subjects(criteria = "ALL")
      examine do |imap|
        found = imap.uid_search(criteria)
        envelopes = found.empty? ? [] : imap.uid_fetch(found, "ENVELOPE")
        envelopes.map { |message| message.attr.fetch("ENVELOPE").subject }
      end
    end

    # @param mails [Array<String>] raw messages
    def append(*mails, flags: [])
      session { |imap| mails.each { |mail| imap.append(@mailbox, mail, flags) } }
    end

    # @param uids [Integer, Array<Integer>]
    # @param flags [Array<Symbol>] :Seen, :Deleted, ...
    def mark(uids, *flags)
      session do |imap|
        imap.select(@mailbox)
        imap.uid_store(uids, "+FLAGS.SILENT", flags)
      end
    end

    # Logs in, hands the connection over, logs out.
    def session
      imap = Net::IMAP.new(@host, port: @port)
      imap.login(@user, @password)
      yield(imap).tap { imap.logout }
    ensure
      imap&.disconnect
    end

    private

    # EXAMINE changes nothing, not even \Recent.
    def examine
      session do |imap|
        imap.examine(@mailbox)
        yield imap
      end
    end
  end
end
