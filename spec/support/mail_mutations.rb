# frozen_string_literal: true

# Mails whose headers are a little wrong, in the ways of servers and programs that are. The same seed gives the same.
class MailMutations
  # Where it matters.
  LOOKED_AT = %w[To References Delivered-To X-Delivered-To Envelope-To X-Envelope-To Received X-Original-To
                 X-Forwarded-To Cc Auto-Submitted X-Autoreply].freeze
  INSERTED = [*",;:\"()<>@[]\\=?. \t+-".chars, "ü", "日本", "é", "\u00A0", "😀", "no", "yes", " for ", "<>", "()",
              "=?UTF-8?Q?x?="].freeze
  KINDS = %i[swap double remove fold unfold cut other_case_name other_case_value drop_bracket insert replace
             delete rename merge].freeze

  # @param mails [Array<String>] UTF-8
  # @param seed [Integer]
  def initialize(mails, seed:)
    @mails = mails
    @random = Random.new(seed)
  end

  # @return [String] another one each time
  def next
    head, body = @mails.sample(random: @random).split(/(?<=\n)(?=\r?\n)/, 2)
    @fields = head.to_s.split(/(?<=\n)(?![ \t])/)
    @random.rand(1..4).times { send(KINDS.sample(random: @random)) unless @fields.empty? }
    # For the mail gem a bare CR ends a line, as on computers long gone; for us it does not.
    "#{@fields.join.gsub(/\r(?!\n)/, '')}#{body}"
  end

  private

  # Index of a field, more often than not one that GitLab looks at.
  def any
    looked_at = @fields.each_index.select { |index| LOOKED_AT.any? { |name| named?(@fields[index], name) } }
    pool = looked_at.any? && @random.rand < 0.8 ? looked_at : @fields.each_index.to_a
    pool.sample(random: @random)
  end

  def named?(field, name)
    field.downcase.start_with?("#{name.downcase}:")
  end

  def change
    index = any
    @fields[index] = yield @fields[index]
  end

  # Puts something in place of what the pattern finds at one of its places.
  def change_one(pattern)
    change do |field|
      places = field.enum_for(:scan, pattern).map { Regexp.last_match.offset(0) }
      next field if places.empty?

      from, to = places.sample(random: @random)
      field[0...from] + yield(field[from...to]) + field[to..]
    end
  end

  def inserted
    INSERTED.sample(random: @random)
  end

  def swap
    one = any
    other = any
    @fields[one], @fields[other] = @fields.values_at(other, one)
  end

  def double
    @fields.insert(@random.rand(@fields.size + 1), @fields[any])
  end

  def remove
    @fields.delete_at(any)
  end

  def fold
    change_one(/(?<=[ ,:<>;])(?=[^\r\n])/) { ["\r\n ", "\r\n\t", "\n ", "\r\n  \t"].sample(random: @random) }
  end

  def unfold
    change { |field| "#{field.gsub(/\r?\n/, ' ').rstrip}\r\n" }
  end

  def cut
    change { |field| field[0, @random.rand(0..field.length)] + ["\r\n", ""].sample(random: @random) }
  end

  def other_case_name
    change { |field| field.sub(/\A[^:]*/) { |name| [name.downcase, name.upcase].sample(random: @random) } }
  end

  def other_case_value
    change_one(/[a-zA-Z]+/, &:swapcase)
  end

  def drop_bracket
    change_one(/[<>"()]/) { "" }
  end

  def insert
    change_one(/(?=[^\r\n])/) { inserted }
  end

  def replace
    change_one(/[^\r\n]/) { inserted }
  end

  def delete
    change_one(/[^\r\n]{1,3}/) { "" }
  end

  def rename
    change { |field| field.sub(/\A[^:]*/) { LOOKED_AT.sample(random: @random) } }
  end

  # The value of one field behind that of another.
  def merge
    value = @fields[any][/:(.*)/m, 1].to_s.strip
    change { |field| "#{field.rstrip}#{[', ', ' ', ',', "\r\n\t"].sample(random: @random)}#{value}\r\n" }
  end
end
