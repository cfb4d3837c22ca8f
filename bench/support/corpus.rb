# frozen_string_literal: true

require "etc"
require "fileutils"
require_relative "../../spec/support/mails"
require_relative "../../spec/support/servers"

module Bench
  # Mails on disk, made once from a seed, and put into a mailbox as often as wanted by hard links.
  #
  # Their names are those that Dovecot's own delivery gives, with the size on disk and on the wire: without them, the
  # server would read every file once more than it does for mail that has come by LMTP.
  class Corpus
    KINDS = {
      "small" => ->(number, _seed) { Mails.small(number) },
      "mixed" => ->(number, seed) { Mails.mixed(number, seed: seed) },
      # One mail of 50 MB, for the peak of memory.
      "large" => ->(number, _seed) { Mails.small(number) + ("#{'0123456789abcdef' * 4}\r\n" * 794_000).b }
    }.freeze

    # With this one the mixed mails of a drain have a mean of 86 kB, a median of 6 kB, 65 kB at p90, and 7 MB at most.
    SEED = 192

    attr_reader :count

    # @param kind [String] of KINDS
    # @param owner [Array(Integer, Integer), nil] of the files
    def initialize(kind, count, seed: SEED, owner: nil)
      @kind = kind
      @count = count
      @folder = Servers::Folder.new("corpus", mode: 0o755)
      @owner = owner
      @sizes = Array.new(count) { |number| write(number, KINDS.fetch(kind).call(number, seed)) }
    end

    # @return [Integer] of all mails together
    def bytes = @sizes.sum

    # Puts every mail into a Maildir's folder of new mail, and all at once: an empty folder may be taken the place of.
    # @param maildir [String]
    def deliver(maildir)
      fresh = File.join(maildir, "fresh")
      Dir.mkdir(fresh, 0o700)
      File.chown(*@owner, fresh) if @owner
      Dir.each_child(@folder.path) { |name| File.link(@folder.join(name), File.join(fresh, name)) }
      File.rename(fresh, File.join(maildir, "new"))
    end

    # @return [Hash] what it looks like
    def to_h
      sorted = @sizes.sort
      { mails: @kind, count: @count, bytes: bytes, mean: bytes / @count, p50: sorted[@count / 2],
        p90: sorted[@count * 9 / 10], p99: sorted[@count * 99 / 100], max: sorted.last }
    end

    def remove
      @folder.remove
    end

    private

    def write(number, mail)
      size = mail.bytesize
      file = @folder.join(format("1700000000.M%06dP1.localhost,S=%d,W=%d", number, size, size))
      File.binwrite(file, mail)
      File.chown(*@owner, file) if @owner
      size
    end
  end
end
