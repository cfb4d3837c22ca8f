# frozen_string_literal: true

require "fileutils"

module Servers
  # Fills a Maildir on disk, which takes a fraction of what as many APPENDs would take.
  class Maildir
    # @param path [String]
    # @param owner [Array(Integer, Integer), nil] uid and gid that Dovecot works with; nil when they are ours
    def initialize(path, owner: nil)
      @path = path
      @owner = owner
      @written = 0
      %w[. cur new tmp].each { |name| make(File.join(path, name)) }
    end

    # @param mails [Enumerable<String>] raw messages
    def fill(mails)
      mails.each { |mail| deliver(mail) }
    end

    # Into tmp first, as Maildir wants it, so that the server never sees half a message.
    def deliver(mail)
      name = unique_name
      file = File.join(@path, "tmp", name)
      File.binwrite(file, mail)
      File.chown(*@owner, file) if @owner
      File.rename(file, File.join(@path, "new", name))
    end

    private

    # The counter stands where the server sorts by, so UIDs follow the order of delivery.
    def unique_name
      @written += 1
      format("%<time>d.M%<count>06dP%<pid>d.localhost", time: Time.now.to_i, count: @written, pid: ::Process.pid)
    end

    def make(folder)
      return if File.directory?(folder)

      FileUtils.mkdir_p(folder, mode: 0o700)
      File.chown(*@owner, folder) if @owner
    end
  end
end
