# frozen_string_literal: true

module Soak
  # Counts what becomes of the mails of one mailbox. They are numbered from one.
  class Tally
    # @return [Integer] the number of the mail sent last
    attr_reader :sent

    def initialize
      @sent = 0
      @times = Hash.new(0)
      @ids = {}
      @changed = []
      @garbled = []
    end

    # @return [Array<Integer>] mails that came otherwise than they were sent
    attr_reader :garbled

    # @return [Array<Integer>] the numbers of the next mails
    def send_next(count)
      first = @sent + 1
      @sent += count
      (first..@sent).to_a
    end

    # The application was handed a mail.
    # @param id [String] what it is to tell repetitions by
    # @param accepted [Boolean] false when the application did not take it
    # @param whole [Boolean] false when it is not what was sent
    def handed(number, id, accepted: true, whole: true)
      known = @ids[number] ||= id
      @changed |= [number] unless known == id
      @garbled |= [number] unless whole
      @times[number] += 1 if accepted
    end

    # @return [Integer] mails the application has taken, each counted once
    def delivered
      @times.size
    end

    # @return [Array<Integer>] mails the application has never taken
    def missing
      (1..@sent).reject { |number| @times.key?(number) }
    end

    # @return [Array<Integer>] mails the application has taken more than once
    def doubled
      @times.select { |_number, times| times > 1 }.keys
    end

    # @return [Array<Integer>] mails whose repetition nobody can tell: they came by several ids, or share theirs
    def confused
      shared = @ids.group_by(&:last).values.select { |pairs| pairs.size > 1 }.flat_map { |pairs| pairs.map(&:first) }
      @changed | shared
    end

    # @return [Array<Integer>] mails the application has taken and nobody had sent, so that something is wrong here
    def unknown
      @times.keys.reject { |number| number.is_a?(Integer) && number.between?(1, @sent) }
    end
  end
end
