//! Which member goes where.

use serde::de::{MapAccess, SeqAccess};

use super::field;
use super::visitor::{Elements, Found, Members, Scalar, Target};
use crate::batch::MAX_PAYMENTS;
use crate::draft::{Draft, DraftBeneficiary, DraftPayment, DraftPayments};

impl Target for Draft {
    fn take_object<'de, A: MapAccess<'de>>(
        &mut self,
        mut members: Members<A>,
    ) -> Result<(), A::Error> {
        while let Some(name) = members.next_name()? {
            match name.as_str() {
                "reference" => members.text(&mut self.reference)?,
                "accept_immediately" => members.flag(&mut self.accept_immediately)?,
                "on_errors" => members.text(&mut self.on_errors)?,
                "confirm_by" => members.text(&mut self.confirm_by)?,
                "sell_currency" => members.text(&mut self.sell_currency)?,
                "trade_id" => members.text(&mut self.trade_id)?,
                "payments" => members.array(&mut self.payments)?,
                "allow_duplicate" => members.flag(&mut self.allow_duplicate)?,
                _ => members.unknown(&name, &mut self.unknown)?,
            }
        }
        Ok(())
    }
}

impl Target for DraftPayments {
    fn take_array<'de, A: SeqAccess<'de>>(
        &mut self,
        mut elements: Elements<A>,
    ) -> Result<(), A::Error> {
        while self.lines.len() < MAX_PAYMENTS {
            let mut payment = DraftPayment::default();
            match elements.next(&mut payment)? {
                Some(Found::Object) => self.lines.push(Ok(payment)),
                Some(other) => self.lines.push(Err(field::unlike("an object", &other))),
                None => return Ok(()),
            }
        }
        while elements.next(&mut Scalar)?.is_some() {
            self.surplus += 1;
        }
        Ok(())
    }
}

impl Target for DraftPayment {
    fn take_object<'de, A: MapAccess<'de>>(
        &mut self,
        mut members: Members<A>,
    ) -> Result<(), A::Error> {
        while let Some(name) = members.next_name()? {
            match name.as_str() {
                "line_id" => members.text(&mut self.line_id)?,
                "amount" => members.amount(&mut self.amount)?,
                "currency" => members.text(&mut self.currency)?,
                "value_date" => members.text(&mut self.value_date)?,
                "beneficiary" => members.object(&mut self.beneficiary)?,
                "reference" => members.text(&mut self.reference)?,
                "reason" => members.text(&mut self.reason)?,
                _ => members.unknown(&name, &mut self.unknown)?,
            }
        }
        Ok(())
    }
}

impl Target for DraftBeneficiary {
    fn take_object<'de, A: MapAccess<'de>>(
        &mut self,
        mut members: Members<A>,
    ) -> Result<(), A::Error> {
        while let Some(name) = members.next_name()? {
            match name.as_str() {
                "name" => members.text(&mut self.name)?,
                "iban" => members.text(&mut self.iban)?,
                "account_number" => members.text(&mut self.account_number)?,
                "bic" => members.text(&mut self.bic)?,
                "country" => members.text(&mut self.country)?,
                _ => members.unknown(&name, &mut self.unknown)?,
            }
        }
        Ok(())
    }
}
