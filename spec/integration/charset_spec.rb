# frozen_string_literal: true

require "support/charset_mails"
require "support/rspec"

# What becomes of a message on its way from the server to the argument of a Sidekiq job, which is UTF-8 always.
RSpec.describe "The charset of a message", :integration do
  # @return [String] the job's argument
  def delivered(mail)
    dovecot.fill(inbox.user, [mail])
    process = mail_room
    process.wait_until(what: "a job") { redis.job_count == 1 }
    expect(redis.raw_jobs.first).to be_valid_encoding
    redis.jobs.first["args"].first
  end

  # The last of the body; what stands before it is ASCII in all these messages.
  def text(mail)
    delivered(mail).split("\r\n\r\n", 2).last
  end

  # As clients and servers name them; the bytes are the same.
  other_names = {
    "ISO-8859-1" => "latin1", "Windows-1252" => "cp1252", "Shift_JIS" => "x-sjis", "EUC-JP" => "x-euc-jp",
    "GB18030" => "gb2312", "Big5" => "big5-hkscs", "KOI8-R" => "koi8"
  }
  eight_bit = other_names.keys
  seven_bit = %w[US-ASCII UTF-8 ISO-2022-JP]

  describe "that is declared" do
    eight_bit.each do |charset|
      it "is heeded for #{charset}" do
        expect(text(CharsetMails.mail(charset))).to eq(CharsetMails::TEXTS.fetch(charset))
      end

      it "is heeded for #{charset} as #{other_names[charset]}" do
        mail = CharsetMails.mail(charset, declared: "\"#{other_names[charset]}\"")
        expect(text(mail)).to eq(CharsetMails::TEXTS.fetch(charset))
      end
    end

    # Seven bits, or UTF-8 already: who reads the message decodes it by its declaration.
    seven_bit.each do |charset|
      it "is left alone for #{charset}" do
        mail = CharsetMails.mail(charset)
        expect(delivered(mail).b).to eq(mail)
      end
    end
  end

  describe "that is not declared" do
    (eight_bit - ["ISO-8859-1"]).each do |charset|
      it "is recognized for #{charset}" do
        expect(text(CharsetMails.mail(charset, declared: nil))).to eq(CharsetMails::TEXTS.fetch(charset))
      end
    end
  end

  describe "that is declared wrongly" do
    it "does not harm UTF-8" do
      mail = CharsetMails.mail("UTF-8", declared: "Shift_JIS")
      expect(delivered(mail).b).to eq(mail)
    end

    { "UTF-8" => "Windows-1252", "US-ASCII" => "Shift_JIS", "no-such-charset" => "EUC-JP" }.each do |declared, charset|
      it "as #{declared} is recognized for #{charset}" do
        expect(text(CharsetMails.mail(charset, declared: declared))).to eq(CharsetMails::TEXTS.fetch(charset))
      end
    end
  end

  describe "of parts" do
    it "is each part's own" do
      charsets = [*eight_bit, "UTF-8"]
      parts = charsets.map do |charset|
        ["Content-Type: text/plain; charset=#{charset}", CharsetMails::TEXTS.fetch(charset).encode(charset)]
      end
      expect(delivered(CharsetMails.multipart(*parts))).to include(*CharsetMails::TEXTS.values_at(*charsets))
    end

    it "does not touch base64, whatever the part is" do
      mail = CharsetMails.multipart(
        ["Content-Type: text/plain; charset=UTF-16LE\r\nContent-Transfer-Encoding: base64",
         [CharsetMails::TEXTS["UTF-8"].encode("UTF-16LE")].pack("m").gsub("\n", "\r\n")],
        ["Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64",
         [Random.new(1).bytes(5_000)].pack("m").gsub("\n", "\r\n")]
      )
      expect(delivered(mail).b).to eq(mail)
    end

    it "does not let a binary part spoil the text beside it" do
      mail = CharsetMails.multipart(
        ["Content-Type: text/plain; charset=KOI8-R", CharsetMails::TEXTS["KOI8-R"].encode("KOI8-R")],
        ["Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 8bit", binary],
        ["Content-Type: text/plain; charset=UTF-8", CharsetMails::TEXTS["UTF-8"]]
      )
      expect(delivered(mail)).to include(CharsetMails::TEXTS["KOI8-R"], CharsetMails::TEXTS["UTF-8"])
    end
  end

  # Bytes that no charset explains stand for the characters that browsers give them, one for each.
  def bytes_of(text)
    text.each_char.map { |char| char.ord < 256 ? char.ord : char.encode("Windows-1252").ord }.pack("C*")
  end

  # All bytes but those that a mail server changes: NUL, and line ends.
  def binary
    ((1..255).to_a - [10, 13]).pack("C*")
  end

  describe "that cannot be told" do
    it "loses no byte" do
      mail = CharsetMails.multipart(["Content-Type: image/png\r\nContent-Transfer-Encoding: 8bit", binary])
      expect(bytes_of(delivered(mail))).to eq(mail)
    end

    it "loses no byte of UTF-16 as it is, which no mail may be" do
      utf16 = "Grüße aus Köln".encode("UTF-16LE").b.delete("\0")
      mail = CharsetMails.multipart(["Content-Type: text/plain; charset=UTF-16LE", utf16])
      expect(bytes_of(delivered(mail))).to eq(mail)
    end

    # The rest of a character is taken for one of some charset with a byte for each character.
    it "loses no byte of a message that breaks off within a character" do
      mail = CharsetMails.mail("UTF-8", text: "Köln\r\n")[0..-6]
      text = delivered(mail)
      read = (1250..1257).map { |number| text.encode("Windows-#{number}", undef: :replace).b }
      expect(read).to include(mail)
    end
  end
end
